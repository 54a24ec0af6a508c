-- The latest published version of a file, to tell whether its content is new.
-- :shop, :kind, :source_file
select
    content_hash,
    mapping_hash,
    from_date,
    business_date,
    lines_read
from crm.file_version
where shop = :shop and kind = :kind and source_file = :source_file and status = 'published'
order by file_version_id desc
limit 1;
