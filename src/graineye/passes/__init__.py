"""What is computed from every frame: LiberTEM user-defined functions that take and give plain arrays.

A pass knows no template, disk or crystallite; it reads each frame once, on threads or on a cluster.
"""

from graineye.passes.dark_fields import following_template_values, template_values
from graineye.passes.local_significance import local_significance
from graineye.passes.region_means import region_means
from graineye.passes.statistics import Statistics, statistics

__all__ = [
    "Statistics",
    "following_template_values",
    "local_significance",
    "region_means",
    "statistics",
    "template_values",
]
