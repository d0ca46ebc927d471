# What compat-db builds, tests and installs.
