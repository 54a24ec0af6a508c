"""The preview and the question of an approval as people read them (Markdown), in the language of the business."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crm.messages import amounts
from crm.messages.names import named

if TYPE_CHECKING:
    from crm.business import Business
    from crm.messages.approval import Limit, Standing

#: Key -> (en, zh-CN). What decisions, reasons and channels are called: ``crm.messages.names``.
WORDS: dict[str, tuple[str, str]] = {
    "title": (
        "{campaign}, to be sent on {send_date} (data up to {business_date})",
        "{campaign}，发送日 {send_date}（数据截至 {business_date}）",
    ),
    "nobody": ("Nobody: no decisions were made for this date.", "无人：该日期没有任何决策。"),
    "cost": ("Sending costs about {cost}.", "发送成本约 {cost}。"),
    "customers": ("Customers", "客户数"),
    "decisions": ("Decision", "决策"),
    "reasons": ("Excluded because", "排除原因"),
    "channels": ("Channel", "渠道"),
    "tiers": ("Tier", "会员等级"),
    "samples": ("The messages, as an invented person would get them:", "虚构客户将收到的消息："),
    "sample": (
        "**{channel}, {locale}, variant {variant}**: {billed}",
        "**{channel}，{locale}，版本 {variant}**：{billed}",
    ),
    "sample_wave": (
        "**{channel}, {locale}, variant {variant}, wave {wave}**: {billed}",
        "**{channel}，{locale}，版本 {variant}，波次 {wave}**：{billed}",
    ),
    "messages": ("{messages:,} messages", "{messages:,} 条"),
    "subject_line": ("Subject: {subject}", "主题：{subject}"),
    "one_part": ("{messages:,} messages of 1 SMS part each", "{messages:,} 条，每条 1 段短信"),
    "parts": (
        "{messages:,} messages of {parts} SMS parts each, at most {most_parts} (every part is billed)",
        "{messages:,} 条，每条 {parts} 段短信，最多 {most_parts} 段（按段计费）",
    ),
    # What the send can show
    "can_show": ("What it can show ({goal} within {days} days): {said}", "能够证明什么（{days} 天内“{goal}”）：{said}"),
    "shows_nothing": ("nothing is known, because {why}.", "尚不可知，因为{why}。"),
    "nobody_held": ("nobody is held out", "没有对照组"),
    "shows": (
        "a rise of {points:.1f} points or more above {rate:.1f} % ({baseline}), with {eligible:,} customers and"
        " {holdout:.0f} % held out.",
        "在 {rate:.1f}%（{baseline}）之上提高 {points:.1f} 个百分点或更多；"
        "共 {eligible:,} 名客户，其中 {holdout:.0f}% 为对照组。",
    ),
    "enough": (
        "For {lift:.1f} points, {share:.1f} % held out are enough.",
        "若要证明 {lift:.1f} 个百分点，{share:.1f}% 的对照组即可。",
    ),
    "pooled": (
        "For {lift:.1f} points no share is enough; {occasions:,} such sends together show it.",
        "若要证明 {lift:.1f} 个百分点，任何比例都不够；{occasions:,} 次这样的发送合起来可以证明。",
    ),
    "never": (
        "For {lift:.1f} points no share is enough; nothing shows it.",
        "若要证明 {lift:.1f} 个百分点，任何比例、任何次数都不够。",
    ),
    "any_order": ("an order", "下单"),
    "product": ("an order of the product", "购买该商品"),
    "category": ("an order in the category", "购买该品类"),
    "minimum_value": ("an order of a minimum value", "达到最低金额的订单"),
    "its own controls, last 90 days": ("its own held-out customers of the last 90 days", "本活动近 90 天的对照组"),
    "the eligible themselves, last window": ("the same customers in the time before", "同一批客户此前的同长时段"),
    "there are fewer than 100 earlier controls": (
        "fewer than 100 customers were held out before",
        "此前的对照组不足 100 人",
    ),
    "nobody is eligible": ("nobody is eligible", "没有符合条件的客户"),
    # The question
    "subject": ("Send “{title}” on {send_date}?", "是否于 {send_date} 发送“{title}”？"),
    "asked": ("Asked because: {limits}.", "需要审批的原因：{limits}。"),
    "above_messages": (
        "{found} messages are more than the {most} that go out without approval",
        "{found} 条消息，多于无需审批的 {most} 条",
    ),
    "above_cost": (
        "a cost of {found} is more than the {most} that goes out without approval",
        "成本 {found}，高于无需审批的 {most}",
    ),
    "every_send": ("every send of this campaign waits for approval", "此活动的每次发送都须审批"),
    "costs": (
        "**Cost**: sending {sending}; coupons, if all were redeemed, {coupons}.",
        "**成本**：发送 {sending}；优惠券若全部核销，{coupons}。",
    ),
    "answers": (
        "Approved, exactly these decisions are sent, in these words; a change of either asks again. An opt-out that"
        " comes later still counts. Rejected, or not"
        " answered before {until} ({zone}), nothing is sent, nobody counts as contacted.",
        "批准后，严格按这些决策和文案发送；两者如有改动，须重新审批；此后的退订仍然有效。"
        "拒绝，或在 {until}（{zone}）之前未答复，则不发送任何消息，也不计为已触达。",
    ),
}
TABLES = ("decisions", "reasons", "channels", "tiers")


def words(key: str, locale: str, /, **values: Any) -> str:
    """The text ``key`` in a language, with its values; what has no other name keeps its own."""
    english, chinese = WORDS.get(key, (key, key))
    return (chinese if locale == "zh-CN" else english).format(**values)


def preview_page(found: dict[str, Any], locale: str) -> str:
    """What ``crm.messages.preview.preview`` found, for the task log and the question."""
    days = {key: amounts.day(found[key], locale) for key in ("send_date", "business_date")}
    title = "### " + words("title", locale, campaign=found.get("title") or found["campaign"], **days)
    if not found["candidates"]:
        return f"{title}\n\n{words('nobody', locale)}"
    tables = {key: _table(key, found[key], locale) for key in TABLES if found[key]}
    cost = words("cost", locale, cost=_money(found["sending_cost"], found["currency"], locale))
    return "\n\n".join(
        [
            title,
            tables.pop("decisions"),
            cost,
            *tables.values(),
            *(can_show(told, locale) for told in found["detectable"]),
            words("samples", locale),
            *(_sample(each, locale) for each in found["samples"]),
        ]
    )


def approval_page(asked: Standing, shown: str, business: Business, send_by: datetime.datetime) -> str:
    """Why a person is asked, the cost, what each answer means, and ``shown``, the preview."""
    locale, currency = business.locale, business.currency
    separator = "；" if locale == "zh-CN" else "; "
    return "\n\n".join(
        [
            words("asked", locale, limits=separator.join(limit(each, locale, currency) for each in asked.limits)),
            words(
                "costs",
                locale,
                sending=_money(asked.sending_cost, currency, locale),
                coupons=_money(asked.coupon_cost, currency, locale),
            ),
            words("answers", locale, until=_until(send_by, business), zone=business.time_zone),
            shown,
        ]
    )


def limit(exceeded: Limit, locale: str, currency: str | None = None) -> str:
    """A limit of the declaration that is exceeded, in words; amounts of ``currency``."""
    if exceeded.key == "above_messages":
        if exceeded.most == 0:
            return words("every_send", locale)
        return words(exceeded.key, locale, found=f"{exceeded.found:,}", most=f"{exceeded.most:,}")
    found, most = (
        _money(each, currency, locale) if currency else f"{each:,.2f}" for each in (exceeded.found, exceeded.most)
    )
    return words(exceeded.key, locale, found=found, most=most)


def _money(value: float, currency: str, locale: str) -> str:
    return amounts.money(f"{value:.2f}", currency, locale)


def _until(send_by: datetime.datetime, business: Business) -> str:
    local = send_by.astimezone(ZoneInfo(business.time_zone))
    return f"{amounts.day(local.date().isoformat(), business.locale)} {local:%H:%M}"


def can_show(told: dict[str, Any], locale: str = "en") -> str:
    """What the send can tell from chance: points of the conversion rate."""

    def said(text: str) -> str:
        return words("can_show", locale, goal=words(told["goal"], locale), days=told["window_days"], said=text)

    if told["effect"] is None:
        why = "nobody_held" if told["baseline_rate"] is not None else told["baseline"]
        return said(words("shows_nothing", locale, why=words(why, locale)))
    shows = words(
        "shows", locale, points=100 * told["effect"], rate=100 * told["baseline_rate"],
        baseline=words(told["baseline"], locale), eligible=told["eligible"], holdout=100 * told["holdout"],
    )  # fmt: skip
    lift = 100 * told["worthwhile_lift"]
    if told["proposed_holdout"] is not None:
        needs = words("enough", locale, lift=lift, share=100 * told["proposed_holdout"])
    elif told["occasions_to_pool"]:
        needs = words("pooled", locale, lift=lift, occasions=told["occasions_to_pool"])
    else:
        needs = words("never", locale, lift=lift)
    return said(f"{shows}{'' if locale == 'zh-CN' else ' '}{needs}")


def _table(heading: str, counts: dict[str, int], locale: str) -> str:
    rows = "\n".join(f"| {named(heading, key, locale)} | {value:,} |" for key, value in counts.items())
    return f"| {words(heading, locale)} | {words('customers', locale)} |\n|---|---:|\n{rows}"


def _called(sample: dict[str, Any], locale: str) -> dict[str, Any]:
    """What the line above a message says of it."""
    channel, language = named("channels", sample["channel"], locale), named("locales", sample["locale"], locale)
    return {"channel": channel, "locale": language, "variant": sample["variant"], "wave": sample["wave"]}


def _sample(sample: dict[str, Any], locale: str) -> str:
    """One message; an SMS with the parts in which it goes out."""
    key = "sample" if sample["wave"] == "main" else "sample_wave"
    billed = "messages" if "parts" not in sample else "one_part" if sample["most_parts"] == 1 else "parts"
    about = words(key, locale, **_called(sample, locale), billed=words(billed, locale, **sample))
    if "subject" in sample:
        about += f"\n\n{words('subject_line', locale, subject=sample['subject'])}"
    return f"{about}\n\n```text\n{sample['text']}\n```"
