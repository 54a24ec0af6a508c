-- Every declaration that a decision was made by: its windows decide how long orders are collected.
select
    declaration_hash,
    body
from crm.declaration
