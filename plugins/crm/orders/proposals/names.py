"""Usual names of the columns of order files, in English and Chinese, and usual words of the status of an order."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Canonical column -> names, the surest first; written as ``plain`` leaves them.
NAMES = {
    key: tuple(words.split())
    for key, words in {
        "order_id": """
            orderid ordernumber orderno ordernr order orderref orderreference invoiceno invoice
            invoicenumber transactionid salesordernumber amazonorderid incrementid documentnumber 订单编号
            订单号 主订单编号 交易编号 单号 订单id
        """,
        "line_number": "linenumber lineno orderitemid lineid itemno 子订单编号 行号",
        "customer": """
            customeruniqueid
            customerid customernumber customerno custid clientid buyerid userid memberid customer buyer
            buyerusername 客户编号 客户id 会员id 会员号 买家会员名 买家昵称 买家id 用户id 下单帐号 下单账号
            会员名
        """,
        "ordered_at": """
            orderedat orderdate ordertime orderdatetime createdat datecreated creationdate purchasedate
            saledate invoicedate transactiondate placedat date datetime created orderpurchasetimestamp
            订单创建时间 下单时间 创建时间 订单日期 下单日期 购买时间 交易时间 日期
        """,
        "paid_at": """
            paidat paiddate datepaid paymentdate paidon 订单付款时间 付款时间 支付时间 付款日期 付款确认时间
        """,
        "product": """
            sku productid productcode itemid stockcode articleno articlenumber lineitemsku itemsku item
            product 商品编码 商家编码 货号 商品id 商品编号 sku编码 产品编号
        """,
        "product_name": """
            productname itemname lineitemname description producttitle itemtitle title article 宝贝标题
            商品标题 商品名称 产品名称 标题 品名
        """,
        "category": """
            category productcategory productcategoryname categoryname itemcategory department 类目 商品类目 品类 分类
        """,
        "quantity": """
            quantity qty pieces units quantitypurchased lineitemquantity itemquantity count 数量 购买数量
            宝贝总数量 商品数量 订购数量 件数
        """,
        "unit_price": "unitprice price itemprice lineitemprice priceeach 单价 商品单价 价格 京东价",
        "amount": """
            linetotal itemtotal lineamount netsales salesvalue amount sales netamount subtotal revenue
            grandtotal ordertotal total totalprice totalamount ordervalue 实付金额 买家实际支付金额
            买家实付金额 实际支付金额 支付金额 商品金额 订单金额 总金额 金额
        """,
        "discount": "discount discountamount lineitemdiscount 优惠金额 折扣金额 折扣",
        "shipping_fee": """
            shippingfee shipping shippingtotal shippingprice freight freightvalue postage deliveryfee
            买家应付邮费 邮费 运费 运费金额
        """,
        "currency": "currency currencycode ordercurrency 币种 货币",
        "status": "status orderstatus financialstatus paymentstatus state 订单状态 交易状态 状态",
        "refund_amount": """
            refundamount refundedamount amountrefunded totalrefunded refundedtotal refund 退款金额
        """,
        "coupon_codes": "couponcode couponcodes discountcode promotionids voucher 优惠券编码 优惠码",
        "entry_source": "source channel saleschannel 订单来源 渠道 订单渠道",
        "email": "email emailaddress customeremail buyeremail billingemail mail 邮箱 电子邮箱 电子邮件",
        "mobile": """
            mobile phone phonenumber billingphone tel telephone 联系手机 手机 手机号 收货人手机 联系电话
            电话
        """,
        "name": "customername buyername billingname fullname name 收货人姓名 收件人姓名 客户姓名 收货人 姓名",
        "country": "country countrycode billingcountry shipcountry 国家",
        "region": "region province customerstate stateprovince billingstate shipstate state 省份 省",
        "locale": "locale language customerlanguage customerlocale 语言",
        "consent_email": """
            acceptsemailmarketing acceptsmarketing emailmarketing emailmarketingconsent emailmarketingstatus
            emailconsent consentemail emailoptin marketingoptin marketingconsent newsletter subscribed
            subscribedtonewsletter 接受邮件营销 邮件营销授权 同意接收邮件 是否接受邮件 邮件订阅 订阅邮件
        """,
        "consent_sms": """
            acceptssmsmarketing smsmarketing smsmarketingconsent smsmarketingstatus smsconsent consentsms
            smsoptin textoptin 接受短信营销 短信营销授权 同意接收短信 是否接受短信 短信订阅 订阅短信
        """,
    }.items()
}

#: Columns of the customer rather than of the order.
OF_CUSTOMERS = ("name", "email", "mobile", "country", "region", "locale", "consent_email", "consent_sms")

#: Status -> words whose meaning is plain; what ``closed`` or ``open`` means differs from shop to shop.
STATUSES = {
    key: tuple(words.split())
    for key, words in {
        "unpaid": """
            unpaid pending pendingpayment awaitingpayment onhold created authorized 等待买家付款 未付款
            待付款 等待付款
        """,
        "paid": """
            paid processing approved confirmed unshipped invoiced 买家已付款等待卖家发货 等待卖家发货 待发货
            已付款 等待出库
        """,
        "shipped": """
            shipped dispatched sent intransit fulfilled partiallyshipped partial 已发货 卖家部分发货
            卖家已发货等待买家确认 部分发货 等待确认收货
        """,
        "completed": "completed complete delivered done finished 交易成功 已完成 完成 已签收",
        "cancelled": """
            cancelled canceled voided failed rejected expired declined 交易关闭 已关闭 已取消 取消
            付款以前卖家或买家主动关闭交易
        """,
        "refunded": "refunded returned chargeback 退款成功 已退款 付款以后用户退款成功交易自动关闭",
    }.items()
}


#: The currency that a column's name ends with.
CURRENCY = re.compile(r"[_ ](usd|eur|gbp|cny|jpy|brl|cad|aud)$", re.IGNORECASE)


def plain(name: str) -> str:
    """A name without case, blanks and signs."""
    return re.sub(r"[\W_]+", "", name.lower())


def recognised(columns: Iterable[str]) -> dict[str, list[str]]:
    """Canonical name -> the columns that may be it, the surest first."""
    by_name: dict[str, list[str]] = {}
    for column in columns:
        # A joined file's column is called <file>.<column>; price_usd is a price.
        name = plain(CURRENCY.sub("", column.rpartition(".")[2]))
        by_name.setdefault(name, []).append(column)
    found = {canonical: [c for name in names for c in by_name.get(name, [])] for canonical, names in NAMES.items()}
    return {canonical: matches for canonical, matches in found.items() if matches}


def status(word: str) -> str | None:
    """What a word of a status means, if that is usual."""
    return next((meaning for meaning, words in STATUSES.items() if plain(word) in words), None)
