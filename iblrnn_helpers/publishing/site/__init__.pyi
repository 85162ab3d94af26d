from .explorable import write_explorable as write_explorable
