"""ROUGE needs the stemmer alone: no data sets that happen to lie on the machine that builds."""
