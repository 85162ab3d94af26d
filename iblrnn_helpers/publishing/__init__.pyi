from . import ledger as ledger
from . import running as running
from . import site as site
from . import sweep as sweep
from .ledger.command import report as report
from .ledger.exercises import answer as answer
from .ledger.results import record as record
