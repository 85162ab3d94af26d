"""A Session in the formats of tools that were made for animals: ALF, NWB, xarray."""
