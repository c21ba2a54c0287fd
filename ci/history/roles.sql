-- Who may do what in the store of a fleet (ci/FLEET.md). Run by the store's owner, in its database, after the owner has made the
-- tables by a first import, and again after each `migrate`: psql -d threadmark -f ci/history/roles.sql
--
--   threadmark_owner      owns the tables: makes and migrates them, prunes
--   threadmark_importer   adds runs, and can neither change nor drop one: what a machine of the fleet has
--   threadmark_reader     reads: dashboards, people

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO threadmark_importer, threadmark_reader;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO threadmark_importer, threadmark_reader;
GRANT INSERT ON ALL TABLES IN SCHEMA public TO threadmark_importer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO threadmark_importer;

-- An import counts its own rows once they are there, and writes that beside the run.
GRANT UPDATE (cell_count, raw_bytes) ON runs TO threadmark_importer;

-- The schema's version is the owner's to set.
REVOKE INSERT ON threadmark_store FROM threadmark_importer;
