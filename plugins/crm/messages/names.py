"""What people call decisions, reasons, channels and languages where an approval, a preview or a log shows them."""

from __future__ import annotations

#: What the warehouse calls it -> (en, zh-CN), by the column that holds it.
NAMES: dict[str, dict[str, tuple[str, str]]] = {
    "decisions": {
        "include": ("written to", "发送"),
        "hold_out": ("held out, to measure the effect", "对照组（用于衡量效果）"),
        "exclude": ("left out", "排除"),
    },
    "channels": {"email": ("e-mail", "邮件"), "sms": ("SMS", "短信")},
    "locales": {"en": ("English", "英文"), "zh-CN": ("Chinese", "中文")},
    "tiers": {"(none)": ("no tier yet", "尚无等级")},
    "reasons": {
        "decided_before": ("was decided in an earlier send of this occasion", "已在同一场次的较早发送中决策"),
        "opt_out": ("opted out", "已退订"),
        "complaint": ("complained about a message", "曾投诉"),
        "bounce": ("their address does not exist any more", "地址已不存在"),
        "no_consent": ("no consent is known", "未知是否同意接收"),
        "no_address": ("no usable address", "没有可用地址"),
        "masked_address": ("the shop hides their address", "店铺隐藏了地址"),
        "shared_address": ("somebody at the same address is written to", "同一地址已有他人收到"),
        "fake_orders": ("places fake orders", "有刷单行为"),
        "contacted_within_cap": ("contacted lately (frequency cap)", "近期已联系（频次上限）"),
        "contacted_that_day": ("contacted that very day", "当天已联系"),
        "bought_same_product": ("has just bought these goods", "刚刚买过这些商品"),
        "bought_recently": ("has bought the item lately", "近期已购买该商品"),
        "in_gap": ("had this campaign lately", "近期收到过此活动"),
        "full_price_lately": ("has just paid the full price", "刚以全价购买"),
        "too_expensive": ("too dear for their usual order", "高于其通常的订单金额"),
        "inactive": ("has not bought for long", "长期未购买"),
        "send_by_passed": ("the hour would have passed where they live", "当地时间已过"),
        "global_holdout": ("in the share that no campaign writes to", "属于任何活动都不发送的比例"),
        "lower_priority": ("another campaign goes first", "其他活动优先"),
    },
}


def named(column: str, value: str, locale: str) -> str:
    """``value`` of ``column`` in a language; what has no other name keeps its own."""
    english, chinese = NAMES.get(column, {}).get(value, (value, value))
    return chinese if locale == "zh-CN" else english
