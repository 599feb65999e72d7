"""The page to look at: every picture of the method, the crystallites in a table, settings and provenance, in one offline file."""

from graineye.report.page import write_report

__all__ = ["write_report"]
