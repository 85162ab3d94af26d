from . import ledger as ledger
from . import running as running
from . import site as site
from . import sweep as sweep
from .ledger.results import answer as answer
from .ledger.results import record as record
from .ledger.said import said as said
from .ledger.tables import report as report
