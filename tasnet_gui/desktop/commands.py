"""Everything that can be asked for by menu or key, as one table: the menus, the keys and the list of keys read it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from tasnet_gui.desktop.session import State

MENUS = ("&File", "&Edit", "&View", "&Playback", "&Help")


def _always(_: State) -> bool:
    return True


def _open(state: State) -> bool:
    return state.recording is not None


def _idle(state: State) -> bool:
    return not state.task


def _can_separate(state: State) -> bool:
    return _open(state) and _idle(state) and state.model is not None


def _can_export(state: State) -> bool:
    return state.separation is not None and _idle(state)


def _referred(state: State) -> bool:
    return state.reference is not None


def _apart(state: State) -> bool:
    return state.apart


@dataclass(frozen=True)
class Command:
    """One line of a menu. `keys` are Qt's portable names; the first is shown. "-" as name is a separator."""

    name: str
    menu: str = ""
    text: str = ""
    keys: tuple[str, ...] = ()
    ready: Callable[[State], bool] = _always
    checkable: bool = False
    role: QAction.MenuRole = QAction.MenuRole.NoRole


_FILE, _EDIT, _VIEW, _PLAYBACK, _HELP = MENUS

COMMANDS = (
    Command("open", _FILE, "&Open\N{HORIZONTAL ELLIPSIS}", ("Ctrl+O",), _idle),
    Command("open_folder", _FILE, "Open &Folder as a Batch\N{HORIZONTAL ELLIPSIS}", ("Ctrl+Shift+O",)),
    Command("recent", _FILE, "Open &Recent"),
    Command("demo", _FILE, "Open the &Demo Recording", (), _idle),
    Command("-", _FILE),
    Command("export", _FILE, "&Export\N{HORIZONTAL ELLIPSIS}", ("Ctrl+E",), _can_export),
    Command("copy_track", _FILE, "Copy the &Heard Track as a File", ("Ctrl+Shift+C",), _can_export),
    Command("-", _FILE),
    Command("reference", _FILE, "Load the True &Speech as a Reference\N{HORIZONTAL ELLIPSIS}", (), _open),
    Command("true_noise", _FILE, "Load the True &Noise as Well\N{HORIZONTAL ELLIPSIS}", (), _referred),
    Command("no_reference", _FILE, "Remo&ve the Reference", (), _referred),
    Command("-", _FILE),
    Command("close", _FILE, "&Close Recording", ("Ctrl+W",), lambda state: _open(state) and _idle(state)),
    Command("quit", _FILE, "&Quit", ("Ctrl+Q",), role=QAction.MenuRole.QuitRole),
    Command("undo", _EDIT, "&Undo", ("Ctrl+Z",), lambda state: state.undoable),
    Command("redo", _EDIT, "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), lambda state: state.redoable),
    Command("restore", _EDIT, "&Back to What the Network Said", (), lambda state: state.edited),
    Command("-", _EDIT),
    Command("separate", _EDIT, "&Separate", ("Ctrl+R",), _can_separate),
    Command("model", _EDIT, "&Model"),
    Command("device", _EDIT, "Compute &Device"),
    Command("high_band", _EDIT, "Sound Above the Model's &Limit"),
    Command("channels", _EDIT, "C&hannels"),
    Command("-", _EDIT),
    Command("select_all", _EDIT, "Select &All", ("Ctrl+A",), _open),
    Command("escape", _EDIT, "&Cancel or Clear the Selection", ("Esc",)),
    Command("zoom_in", _VIEW, "Zoom &In", ("Ctrl++", "Ctrl+=", "Ctrl+1"), _open),
    Command("zoom_normal", _VIEW, "Zoom &Normal", ("Ctrl+2",), _open),
    Command("zoom_out", _VIEW, "Zoom &Out", ("Ctrl+-", "Ctrl+3"), _open),
    Command("fit", _VIEW, "&Fit the Whole Recording", ("F",), _open),
    Command("-", _VIEW),
    Command("look", _VIEW, "Look Insi&de", ("I",), _open, checkable=True),
    Command("views", _VIEW, "&Views of the Inside"),
    Command("-", _VIEW),
    Command("queue", _VIEW, "&Queue of the Batch", ("Ctrl+B",), checkable=True),
    Command("-", _VIEW),
    Command("theme", _VIEW, "&Theme"),
    Command("text_size", _VIEW, "Text &Size"),
    Command("full_screen", _VIEW, "F&ull Screen", ("F11",), checkable=True),
    Command("play", _PLAYBACK, "&Play, or Stop and Go Back", ("Space",), _open),
    Command("pause", _PLAYBACK, "P&ause or Go On", ("P",), _open),
    Command("play_selection", _PLAYBACK, "Play the &Selection Once", ("Shift+Space",), _open),
    Command("loop", _PLAYBACK, "&Loop", ("L",), _open, checkable=True),
    Command("-", _PLAYBACK),
    Command("start", _PLAYBACK, "Go to the S&tart", ("Home",), _open),
    Command("end", _PLAYBACK, "Go to the &End", ("End",), _open),
    Command("back", _PLAYBACK, "&Jump Back", ("Ctrl+Left",), _open),
    Command("forward", _PLAYBACK, "Jump &Forward", ("Ctrl+Right",), _open),
    Command("-", _PLAYBACK),
    Command("blind", _PLAYBACK, "&Blind Comparison (ABX)\N{HORIZONTAL ELLIPSIS}", ("Ctrl+Shift+B",), _can_export),
    Command("output", _PLAYBACK, "&Output Device"),
    Command("-", _PLAYBACK),
    Command("hear_mixture", _PLAYBACK, "Hear the &Mixture", ("1",), _open),
    Command("hear_speech", _PLAYBACK, "Hear the Speec&h", ("2",), _apart),
    Command("hear_noise", _PLAYBACK, "Hear the &Noise", ("3",), _apart),
    Command("hear_remix", _PLAYBACK, "Hear the &Remix", ("4",), _apart),
    Command("match", _PLAYBACK, "Match Lo&udness", ("E",), lambda state: state.separation is not None, True),
    Command("keys", _HELP, "&Keyboard Shortcuts", ("F1",)),
    Command("log", _HELP, "Open &Log Folder"),
    Command("-", _HELP),
    Command("about", _HELP, "&About TasNet Studio", role=QAction.MenuRole.AboutRole),
)

# What the views understand by themselves, for the list of keys.
ELSEWHERE = (
    ("Waveforms", "S, M", "Solo or mute the focused track"),
    ("Waveforms", "Enter", "Hear only the focused track"),
    ("Waveforms", "Up, Down", "Zoom in or out"),
    ("Waveforms", "Left, Right", "Scroll"),
    ("Waveforms", "Shift+Left, Shift+Right", "Select"),
    ("Waveforms", "Wheel; Shift+Wheel", "Zoom; scroll"),
    ("Waveforms", "Click; drag; double click", "Move the playhead; select; select everything"),
    ("Waveforms", "Drag the name's column", "Take the track out, into a folder or another program"),
    ("Masks", "Click; drag; Up, Down", "Choose one row; several; the next one"),
    ("Masks", "Ctrl or Shift", "Choose further rows, too"),
    ("Queue", "Enter, or double click", "Open the file"),
    ("Queue", "Delete", "Take the selected rows out"),
    ("Queue", "Alt+Up, Alt+Down", "Move the selected rows; they can be dragged, too"),
    ("Blind comparison", "A, X, B; P", "Hear one of the three; pause"),
    ("Blind comparison", "1, 2", "Answer that X is A, or B"),
    ("Everywhere", "A, held", "Compare: hear the mixture in place of the result, or the other way round"),
    ("Everywhere", "Tab, held while it plays", "The same"),
    ("Everywhere", "N, held", "Hear the noise: what is lost?"),
    ("Everywhere", "Tab, then Space", "Go to the next control, and press it"),
)


def shown_keys(command: Command) -> str:
    """Its keys as this system writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(key).toString(native) for key in command.keys)


class Commands(QObject):
    """The actions in a menu bar. Reports which was asked for."""

    asked = Signal(str)

    def __init__(self, bar: QMenuBar, submenus: dict[str, QMenu]) -> None:
        super().__init__(bar)
        self.actions: dict[str, QAction] = {}
        menus = {title: bar.addMenu(title) for title in MENUS}
        for command in COMMANDS:
            menu = menus[command.menu]
            if command.name == "-":
                menu.addSeparator()
            elif command.name in submenus:
                submenu = submenus[command.name]
                submenu.setTitle(command.text)
                menu.addMenu(submenu)
            else:
                self._add(command, menu)

    def _add(self, command: Command, menu: QMenu) -> None:
        action = menu.addAction(command.text)
        action.setData(command.name)
        action.setShortcuts([QKeySequence(key) for key in command.keys])
        action.setCheckable(command.checkable)
        action.setMenuRole(command.role)
        action.triggered.connect(self._triggered)
        self.actions[command.name] = action

    def show_state(self, state: State, covered: bool = False) -> None:
        """Offer what makes sense now; where another page covers the recording, nothing that is about it."""
        known = (
            replace(state, recording=None, separation=None, arriving=False, reference=None, edited=False)
            if covered
            else state
        )
        for command in COMMANDS:
            if action := self.actions.get(command.name):
                action.setEnabled(command.ready(known))
        if covered:
            self.actions["close"].setEnabled(True)
        self.actions["close"].setText("&Close the Queue" if covered else "&Close Recording")
        self.actions["loop"].setChecked(state.looping)
        self.actions["match"].setChecked(state.matching)

    @Slot()
    def _triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.asked.emit(action.data())
