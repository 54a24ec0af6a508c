-- A new version of a list.
-- Parameters: list, version, shop, valid_from, uploaded_by, content_hash, lines, customers, unknown
insert into crm.customer_list (
    list, version, shop, valid_from, uploaded_by, content_hash, lines, customers, unknown
)
values (
    :list, :version, :shop, cast(:valid_from as date), :uploaded_by, :content_hash, :lines, :customers, :unknown
)
