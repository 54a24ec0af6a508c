-- Who released unknown messages, and on what evidence.
-- :campaign, :send_date, :released_at, :released_by, :messages, :taken, :heard
insert into crm.unknown_release (campaign, send_date, released_at, released_by, messages, taken, heard)
values (:campaign, :send_date, :released_at, cast(:released_by as text), :messages, :taken, :heard)
