"""The desktop: `tasnet-gui`, or `python -m tasnet_gui`."""

import sys

from tasnet_gui.desktop.app import main

if __name__ == "__main__":
    sys.exit(main())
