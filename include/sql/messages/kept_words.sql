-- Words that were kept.
-- :words_hash
select content
from crm.words_version
where words_hash = :words_hash
