"""What a kernel of an edition does when it starts: tables show their labels in the edition's language.

Code goes on using the English labels as keys. ``course/editions.py`` names this file in PYTHONSTARTUP.
"""


def _show_labels_of_tables() -> None:
    import pandas as pd
    from IPython import get_ipython

    from matnn_lab.course.editions import shown_table

    formatters = get_ipython().display_formatter.formatters
    for kind in (pd.DataFrame, pd.Series, pd.Index):
        formatters["text/plain"].for_type(
            kind, lambda table, printer, _cycle: printer.text(repr(shown_table(table)))
        )
    formatters["text/html"].for_type(pd.DataFrame, lambda table: shown_table(table)._repr_html_())


_show_labels_of_tables()
del _show_labels_of_tables
