-- Movement is kept of the latest refresh alone: the history of every customer tells the others.
delete from crm.standing_move
