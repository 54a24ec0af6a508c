-- What a decision is about (item_key) is a product, by its key, or a category, by its path.
create function crm.product_key(item_key text) returns bigint
language sql immutable parallel safe
return case
    when item_key ~ '^-?[0-9]{1,19}$'
        then case
            when cast(item_key as numeric) between -9223372036854775808 and 9223372036854775807
                then cast(item_key as bigint)
        end
end;
comment on function crm.product_key(text) is 'The product that an item_key names; null where it is a category.';
