-- A person decides that a reply was no opt-out after all: what was noted because of it is taken back, with its author.
-- :source (of that reply), :by, :now, :known_on
update crm.customer_suppression
set
    lifted_at = :now, lifted_on = :known_on, lifted_by = :by, lifted_because = 'slip',
    lifted_note = 'the reply was read again: no opt-out'
where source = :source and lifted_at is null;

update crm.suppression
set
    lifted_at = :now, lifted_on = :known_on, lifted_by = :by, lifted_because = 'slip',
    lifted_note = 'the reply was read again: no opt-out'
where source = :source and lifted_at is null
