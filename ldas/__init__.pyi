from ldas.api import Results as Results
from ldas.api import Settings as Settings
from ldas.api import evaluate as evaluate
from ldas.api import open as open
from ldas.api import run as run

__version__: str
