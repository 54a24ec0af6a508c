-- What followed for the customer: one message that was delivered, and what came back of it.
insert into crm.decision (customer_id, campaign, occasion, kind, business_date, send_date, occasion_date, priority, decision,
channel, contact_key, epoch, salt, arm, goal, planned_send_at, send_by, cut_off_at, declaration_hash)
values ({customer_id}, 'spring', 'spring-2017', 'seasonal', '2017-03-02', '2017-03-03', '2017-03-05', 1, 'include',
'email', crm.contact_key('email', 'mina@quux.example.com'), 'x', 's', 'treatment', 'any_order', '2017-03-03 15:00Z',
'2017-03-04 01:00Z', '2017-03-03 05:00Z', 'h');
insert into crm.message (customer_id, campaign, occasion, channel, message_id, batch_id, contact_key, send_date,
planned_send_at, send_by, locale, provider, status)
values ({customer_id}, 'spring', 'spring-2017', 'email', '0badcafe', 1, crm.contact_key('email', 'mina@quux.example.com'),
'2017-03-03', '2017-03-03 15:00Z', '2017-03-04 01:00Z', 'en', 'outbox', 'delivered');
insert into crm.response (customer_id, provider, event_id, campaign, occasion, instance, wave, channel, message_id,
contact_key, kind, occurred_at, known_on, reason, url)
values ({customer_id}, 'sendgrid', 'e1', 'spring', 'spring-2017', '', 'main', 'email', '0badcafe',
crm.contact_key('email', 'mina@quux.example.com'), 'clicked', '2017-03-03 16:00Z', '2017-03-03', 'mailbox of Quux',
'https://shop.example/quux');
insert into crm.response_inbox (provider, event_id, message_id, kind, occurred_at, reason)
values ('sendgrid', 'e2', '0badcafe', 'deferred', '2017-03-03 16:00Z', 'mailbox of Quux is busy'),
('sendgrid', 'e3', 'somebody', 'deferred', '2017-03-03 16:00Z', 'of somebody else');
insert into crm.customer_list (list, version, shop, uploaded_by, content_hash, lines, customers, unknown)
values ('vips', 1, 'tea', 'olive', 'h', 1, 1, 0);
insert into crm.customer_list_member values ({customer_id}, 'vips', 1);
insert into crm.reply (contact_key, occurred_at, text_hash, text)
values (crm.contact_key('sms', '+12125550147'), '2017-03-03 16:00Z', 'h', 'Who is this? Wilhelmina Quux');
insert into crm.suppression values (crm.contact_key('email', 'mina@quux.example.com'), 'email', 'bounce', '2017-03-01 12:00Z',
'2017-03-01', 'sendgrid event', 1, '2017-03-02 12:00Z', '2017-03-02', 'olive', 'false_bounce', 'Mrs Quux wrote from there');
insert into crm.customer_suppression values ({customer_id}, 'email', 'opt_out', '2017-03-01 12:00Z', '2017-03-01', 'desk: olive',
1, '2017-03-02 12:00Z', '2017-03-02', 'olive', 'slip', 'Meant Wilhelmina');
