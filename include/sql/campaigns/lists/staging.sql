-- Where the ids of an uploaded file wait.
create temporary table listed_id (
    external_id text not null
) on commit drop
