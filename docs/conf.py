"""Settings of the documentation."""

from importlib.metadata import version as installed_version

project = "zitter"
author = "The zitter developers"
copyright = "2026, The zitter developers"
version = release = installed_version("zitter")

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]

html_theme = "furo"
html_title = "zitter"
html_show_sourcelink = False
html_copy_source = False
