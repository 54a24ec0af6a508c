-- The caller says where customers stood.
truncate standing
