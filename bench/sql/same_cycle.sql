-- Ten years and one year of orders give the shop slightly different cycles; with the same one, the same customers cross
-- a boundary. Everybody is scored anew by it at the next refresh.
update crm.repurchase_cycle set cycle_days = 60 where level = 'shop';
update crm.customer_state set next_change_on = as_of;
