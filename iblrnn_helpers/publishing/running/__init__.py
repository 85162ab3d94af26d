"""Notebooks: reading them, planning what is out of date, running them."""
