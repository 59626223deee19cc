"""Makes Neutron's tables in an empty database from its models: its own migrations do not run on SQLite."""

import sys

import sqlalchemy
from neutron.db.migration.models import head

head.get_metadata().create_all(sqlalchemy.create_engine(sys.argv[1]))
