"""A file of one fact, as text."""

FACT = """\
[[facts]]
name = "impasse"
measured = "talks that fail"
statistic = "impasse_rate"
low = 0.1
high = 0.3
law = "logit_normal"
published = "20 %"
who = "a hundred pairs; a survey"
source = "Nobody (2000), Nothing"
address = "https://example.org"
opened = true
grade = "C"
scenarios = ["one_tie"]
"""
