"""RADD: a few interpretable units that do what a large recurrent system does."""
