#!/usr/bin/env bash
# Puts TasNet Studio into your own desktop's menu and its "Open with" lists, or takes it out again. Needs no root.
#
#     packaging/linux/install.sh [PATH_OF_TASNET_GUI]     default: .venv/bin/tasnet-gui of this checkout, or the one in PATH
#     packaging/linux/install.sh --uninstall
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
data=${XDG_DATA_HOME:-$HOME/.local/share}
entry=$data/applications/tasnet-studio.desktop
icon=$data/icons/hicolor/scalable/apps/tasnet-studio.svg
metainfo=$data/metainfo/tasnet-studio.metainfo.xml
mime=$data/mime/packages/tasnet-studio.xml

# The desktop's caches. Each command is optional: without it the menu follows a little later.
refresh() {
    ! command -v update-mime-database >/dev/null || update-mime-database "$data/mime"
    ! command -v update-desktop-database >/dev/null || update-desktop-database -q "$data/applications"
    ! command -v gtk-update-icon-cache >/dev/null || gtk-update-icon-cache -qtf "$data/icons/hicolor"
}

# An argument of an Exec line: in double quotes; `, $, " and \ escaped twice, as the Desktop Entry Specification asks
# (once for the quotes, once for the string).
exec_quoted() {
    local path=$1
    path=${path//\\/\\\\\\\\}
    path=${path//\"/\\\\\"}
    path=${path//\`/\\\\\`}
    path=${path//\$/\\\\\$}
    printf '"%s"' "$path"
}

case "${1:-}" in
--uninstall)
    if [ -e "$entry" ]; then
        rm -f "$entry" "$icon" "$metainfo" "$mime"
        refresh || true
    fi
    echo "TasNet Studio is no longer in the menu."
    exit 0
    ;;
-h | --help)
    sed -n '2,5s/^#\( \|$\)//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
-*)
    echo "Unknown option $1. Try --help." >&2
    exit 2
    ;;
"")
    program=$top/.venv/bin/tasnet-gui
    [ -x "$program" ] || program=$(command -v tasnet-gui) ||
        { echo "tasnet-gui was not found. Run 'make setup' first, or name it: $0 PATH_OF_TASNET_GUI" >&2; exit 1; }
    ;;
*)
    program=$(realpath -s -- "$1")
    [ -f "$program" ] && [ -x "$program" ] || { echo "$1 is not a program." >&2; exit 1; }
    ;;
esac
case "$program" in
*[%=]*)
    echo "A desktop entry cannot name a program with % or = in its path, like $program. Please move it." >&2
    exit 1
    ;;
esac

for file in "$entry" "$icon" "$metainfo" "$mime"; do mkdir -p "$(dirname "$file")"; done
while IFS= read -r line; do
    case "$line" in
    Exec=*--new-window) printf 'Exec=%s --new-window\n' "$(exec_quoted "$program")" ;;
    Exec=*) printf 'Exec=%s %%F\n' "$(exec_quoted "$program")" ;;
    *) printf '%s\n' "$line" ;;
    esac
done <"$here/tasnet-studio.desktop" >"$entry"
cp "$top/resources/icons/tasnet-studio.svg" "$icon"
cp "$here/tasnet-studio.metainfo.xml" "$metainfo"
cp "$here/tasnet-studio-mime.xml" "$mime"
refresh || true
echo "TasNet Studio is in the menu, and audio files can be opened with it. To undo: $0 --uninstall"
