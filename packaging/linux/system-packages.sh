#!/usr/bin/env bash
# Installs the system libraries that wheels do not carry: Qt's X11 libraries, OpenGL, fonts, PortAudio; with --tests also
# the tools that the tests use, a sound server among them. Where it may not install, it prints the command to type and goes
# on. Never removes a package. Quick when nothing is missing.
set -euo pipefail

# Looked for by the library's own name, not the package's, so that any distribution can answer: soname, Debian package.
libraries="
libGL.so.1              libgl1
libEGL.so.1             libegl1
libfontconfig.so.1      libfontconfig1
libfreetype.so.6        libfreetype6
libdbus-1.so.3          libdbus-1-3
libglib-2.0.so.0        libglib2.0-0
libxkbcommon.so.0       libxkbcommon0
libxkbcommon-x11.so.0   libxkbcommon-x11-0
libX11-xcb.so.1         libx11-xcb1
libxcb-cursor.so.0      libxcb-cursor0
libxcb-icccm.so.4       libxcb-icccm4
libxcb-image.so.0       libxcb-image0
libxcb-keysyms.so.1     libxcb-keysyms1
libxcb-randr.so.0       libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-shape.so.0       libxcb-shape0
libxcb-sync.so.1        libxcb-sync1
libxcb-util.so.1        libxcb-util1
libxcb-xfixes.so.0      libxcb-xfixes0
libxcb-xinerama.so.0    libxcb-xinerama0
libxcb-xkb.so.1         libxcb-xkb1
libportaudio.so.2       libportaudio2
"
# What checks the desktop's files, and the sound server that the tests start in a folder of their own to record what was
# played; PortAudio reaches it through ALSA's plug-in. Command or file, Debian package.
tools=""
[ "${1:-}" != --tests ] || tools="
desktop-file-validate   desktop-file-utils
appstreamcli            appstream
parec                   pulseaudio-utils
/usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so libasound2-plugins
"
# PulseAudio beside PipeWire's own server would take the sound of the whole desktop: there it is not installed.
[ -z "$tools" ] || command -v pipewire-pulse >/dev/null || tools="${tools}pulseaudio pulseaudio
"
[ "$(uname -s)" = Linux ] || exit 0
PATH="$PATH:/usr/sbin:/sbin" # ldconfig is not in everyone's path

if ! present=$(ldconfig -p 2>/dev/null); then
    echo "ldconfig does not answer here, so the system libraries were not checked." >&2
    exit 0
fi
names=()
packages=()
while read -r name package; do
    [ -n "$name" ] || continue
    case "$present" in *"$name"*) ;; *) names+=("$name"); packages+=("$package") ;; esac
done <<<"$libraries"
while read -r name package; do
    [ -n "$name" ] || continue
    case "$name" in
    /*) compgen -G "$name" >/dev/null || { names+=("${name##*/}"); packages+=("$package"); } ;;
    *) command -v "$name" >/dev/null || { names+=("$name"); packages+=("$package"); } ;;
    esac
done <<<"$tools"
python=${PYTHON:-python3}
if command -v "$python" >/dev/null && ! "$python" -c "import ensurepip, venv" 2>/dev/null; then
    names+=("Python's venv")
    packages+=("python3-venv")
fi
[ ${#names[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "Missing on this system: ${names[*]}. Please install them with its package manager; on Debian they are called:" \
        "${packages[*]}." >&2
    exit 0
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
        printf 'Some system packages are missing. Please type:\n\n    sudo apt-get install %s\n\n' "${packages[*]}" >&2
        exit 0
    fi
    as_root=(sudo -n)
fi
install() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq --no-install-recommends --no-remove "${packages[@]}" >/dev/null
}
echo "Installing system packages: ${packages[*]}"
# A fresh machine has no package lists yet: fetch them only when the first try fails.
install 2>/dev/null || { "${as_root[@]}" apt-get update -qq && install; } ||
    printf 'apt-get failed. Please type:\n\n    apt-get update && apt-get install %s\n\n' "${packages[*]}" >&2
