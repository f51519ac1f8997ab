"""What is measured of every family, against what, and how it is told: numbers, tables, plots."""
