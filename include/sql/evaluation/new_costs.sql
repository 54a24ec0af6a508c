-- Product files whose unit costs no conversion has yet, and whether conversions from before costs were kept wait for theirs.
select
    coalesce((
        select array_agg(f.file_version_id)
        from crm.file_version as f
        where
            f.kind = 'products'
            and f.status = 'published'
            and not exists (select from crm.costed_file as c where c.file_version_id = f.file_version_id)
    ), '{}') as file_version_ids,
    (select count(*) from crm.conversion as c where c.costed_amount is null) > 0 as waiting
