"""The desktop: `tasnet-gui`, or `python -m tasnet_gui`."""

import sys
from multiprocessing import freeze_support

from tasnet_gui.desktop.app import main

if __name__ == "__main__":
    freeze_support()  # a frozen program starts its helpers by starting itself
    sys.exit(main())
