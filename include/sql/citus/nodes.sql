-- Beyond one machine: tells the coordinator where it and the workers of docker-compose's profile `citus` are. Run once,
-- before the migrations, so that roles and tables made later reach every worker. Running it again changes nothing.
-- No parameters.
create extension if not exists citus;

select citus_set_coordinator_host('citus-coordinator', 5432);

select citus_add_node(worker.name, 5432)
from unnest(array['citus-worker-1', 'citus-worker-2']) as worker (name);
