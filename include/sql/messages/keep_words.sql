-- Keep words; those that are there already stay as they are.
-- :words_hash, :content (json), :kept_at
insert into crm.words_version (words_hash, content, kept_at)
values (:words_hash, cast(:content as jsonb), :kept_at)
on conflict (words_hash) do nothing
