"""Many scans: each is mapped, what fails does not stop the others, and what is done is not done again.

`graineye.batch.many.map_scans` is the loop, `graineye.batch.one` what it does with each scan. Nothing is imported here:
names are refused before heavy libraries load.
"""
