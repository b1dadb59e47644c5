"""The service without its pages: records, rules, runs and decisions of a municipality's investment planning.

One door: web, command line and jobs all enter through `investplan.services`.
"""

__version__ = "0.1.0"
