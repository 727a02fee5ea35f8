"""The design system that all channels share: declared views, words, templates, styles.

How a channel is built on it
    * `views.py`: every view wears `declare.view(...)`; it gets `request.allowed` (see `declare`).
    * `texts.toml`: all sentences, `key = {zh = "…", en = "…"}`; templates say `t("key", n=3)` and hold
      no prose of their own. `t` looks into the channel of the template, then into `ui/texts.toml`.
    * `templates/<channel>/layout.html` extends `ui/base.html`; error pages use that layout.
    * `static/<channel>/<channel>.css` in `@layer channel`; every class starts with `aj-`; no `style=`.

Globals of every template
    t(key, **values), w(words), url(name, *args, **kwargs), static(path), icon(name), qr(text), and from
    `context.page`: lang, language, size, theme, city (product, bureau, name, hotline, synthetic), here, actor.
Filters
    day (2026-11-23), date_words, moment, month, masked_name, masked_number, article (《…》第六条).

Blocks of `ui/base.html`
    title, styles, scripts, body_class, head_bar, nav, notice, main, bottom_bar.

Macros of `ui/components.html`; `c` is there in every block of a page, a fragment imports it itself
(`{% import "ui/components.html" as c with context %}`)
    c.icon(name, small=false)
    c.button(text, kind="primary", icon="", name="", value="", type="submit", wide=false, key="", attrs={})
        kind: primary | ghost | danger | danger-ghost | quiet; key: a keyboard hint such as F8
    c.link_button(text, href, kind="ghost", icon="", wide=false, attrs={})
    c.tag(text, tone="plain", icon="")                tone: plain | blue | green | gold | red
    c.basis(basis, short=false, law=none)             law, article, since when in force, tag of how sure it is
    {% call c.card(title="", id="", tone="", level=2, aside="") %}…{% endcall %}
    c.steps(items, label)                             items: [{label, state: done | now | next | failed, note}]
    c.text_field(name, label, value="", hint="", error="", type="text", required=true, attrs={})
    c.area_field(name, label, value="", hint="", error="", required=true, rows=3)
    c.number_field(name, label, value="", hint="", error="", required=true)      a citizen number
    c.date_field(name, label, value="", hint="", error="", required=true)
    c.choice(name, legend, options, value="", hint="", error="", multiple=false, inline=false, attrs={})
        options: [{value, label, hint}]
    c.select_field(name, label, options, value="", hint="", error="", empty="")
    c.address_picker(name, label, levels, hint="", error="", free=none, attrs={})
        levels: [{name, label, value, options}], district, town, community; attrs go onto each select
    c.upload(name, label, hint="", error="", camera=true)
    c.error_summary(errors)                           errors: [{field, message}] (field = id to jump to)
    c.notice(title, text="", tone="blue", icon="")    tone as tag
    c.rule_row(row) · c.rule_table(rows, caption, prefix="")     rows from `ui.rulerows.rows(judgement, ...)`
    c.help(help, level=2, id="help")                  help from `ui.rulerows.help_of(judgements)`
    c.verdict_bar(summary)                            summary from `ui.rulerows.summary(rows)`
    c.household_list(members, label)                  members: [{relation, name, facts, change, tone}]
    c.time_slider(action, on, marks, label, known_at=none, hidden={})
    c.timeline(entries, label)                        entries: [{title, on, text, tone}]
    c.deadline(due_on, days, calendar=false)
    c.facts(pairs)                                    pairs: [(term, description)]
    {% call c.table(columns, caption, sort="", next="") %}<tr>…{% endcall %}
        columns: [{label, key, href, numeric}]
    c.empty(text, href="", action="", icon="document")
    {% call c.confirm(title, text, back, action, kind="danger") %}hidden fields{% endcall %}
    c.qr_box(svg, caption, code="")
    c.figure(value, unit, label, note="")
    {% call c.chart(title, subtitle, source, id) %}svg{% endcall %}
    c.list_links(items)                               items: [{href, title, note, tag, tone, icon}]
    c.switches()                                      language and size, on every page
"""
