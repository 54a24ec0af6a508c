"""What stands where the shop does not know: a template's own words, else those of all templates.

``include/templates/<template>/fallbacks.yaml``, by locale, each key of ``Fallback`` or none of them::

    en: {name: friend, salutation: Hello}
    zh-CN: {name: 朋友}
"""

from __future__ import annotations

from crm import yaml_files
from crm.messages import personal
from crm.messages.personal import DEFAULTS, Fallback
from crm.messages.sources import Source, TemplateError

FILE = "fallbacks.yaml"


def read(source: Source, template: str) -> dict[str, Fallback]:
    """By locale.

    :raises TemplateError: names file and key
    """
    name = f"{template}/{FILE}"
    text, file = source.text(name), source.label(name)
    try:
        said = {} if text is None else yaml_files.parse(text, file)
    except yaml_files.YamlError as error:
        raise TemplateError(str(error)) from None
    if not isinstance(said, dict) or (strange := set(said) - set(DEFAULTS)):
        names = ", ".join(map(str, strange)) if isinstance(said, dict) else "the file"
        raise TemplateError(f"{file}: {names}: give words by locale ({', '.join(DEFAULTS)})")
    return {locale: _one(file, locale, said.get(locale) or {}) for locale in DEFAULTS}


def _one(file: str, locale: str, words: object) -> Fallback:
    keys = Fallback._fields
    if not isinstance(words, dict) or not all(isinstance(word, str) for word in words.values()):
        raise TemplateError(f"{file}: {locale}: give texts for some of {', '.join(keys)}")
    if strange := set(words) - set(keys):
        raise TemplateError(f"{file}: {locale}.{strange.pop()}: is unknown; there are {', '.join(keys)}")
    given = {key: personal.clean(word) for key, word in words.items()}
    if "name" in given and "salutation" not in given:
        given["salutation"] = personal.SALUTATIONS[locale].format(name=given["name"])
    return DEFAULTS[locale]._replace(**given)
