/* Makes man pages of section 7, in mdoc(7), from the Markdown of docs/. Supports the Markdown of those pages: headings,
 * paragraphs, flat lists, code between ```, tables, `code`, *emphasis*, links and backslashes. A table becomes a list
 * of its rows: the first cell is the subject of the others. */
#include "generate.h"

#include "base/version.h"

#include <ctype.h>
#include <string.h>

enum {
	LINE_WIDTH = 72,  /* of the made page: a longer line is broken at the next space */
	COLUMNS_MAX = 16, /* of a table */
};

struct span {
	const char *s; /* not terminated */
	size_t n;
};

struct writer {
	struct text *out;
	size_t line;      /* the beginning of the line that is being written */
	char last;        /* the last character, without escapes; a space at the beginning of a word */
	bool argument;    /* of a macro: words on its line are escaped, so that they are not taken for other macros */
	bool after_title; /* a paragraph behind a title needs no macro */
};

/* ---- text within a line ---- */

static bool ends_sentence(char c)
{
	return c == '.' || c == '?' || c == '!';
}

static void begin_line(struct writer *w)
{
	w->line = w->out->n;
	w->last = ' ';
}

static void end_line(struct writer *w)
{
	text_add(w->out, "\n");
	begin_line(w);
}

/* Begins each sentence on a new line: mandoc and groff recognise the end of a sentence only there. */
static void add_space(struct writer *w, bool code)
{
	bool breaks = (!code && ends_sentence(w->last)) || w->out->n - w->line > LINE_WIDTH;

	if (w->last == ' ')
		return;
	if (breaks && !w->argument) {
		end_line(w);
		return;
	}
	text_add(w->out, " ");
	w->last = ' ';
}

static void add_char(struct writer *w, char c, bool code)
{
	if (c == ' ') {
		add_space(w, code);
		return;
	}
	if (w->last == ' ' && (w->argument || ((c == '.' || c == '\'') && w->out->n == w->line)))
		text_add(w->out, "\\&");
	if (c == '\\')
		text_add(w->out, "\\e");
	else if (c == '"' && w->argument)
		text_add(w->out, "\\(dq");
	else if (code && c == '-')
		text_add(w->out, "\\-");
	else if (code && c == '\'')
		text_add(w->out, "\\(aq");
	else if (code && c == '`')
		text_add(w->out, "\\(ga");
	else if (code && (c == '^' || c == '~'))
		text_add(w->out, c == '^' ? "\\(ha" : "\\(ti");
	else
		text_add_bytes(w->out, &c, 1);
	w->last = c;
}

static const char *find(const char *s, const char *end, const char *what)
{
	const size_t n = strlen(what);

	for (; s + n <= end; s++) {
		if (memcmp(s, what, n) == 0)
			return s;
	}
	return NULL;
}

static void add_inline(struct writer *w, const char *s, const char *end);

/* `code`: only a backslash before '|' has a meaning, which a table needs. Returns the text behind it. */
static const char *add_code(struct writer *w, const char *s, const char *end)
{
	const char *close = find(s + 1, end, "`");

	if (!close) {
		add_char(w, *s, false);
		return s + 1;
	}
	text_add(w->out, "\\fB");
	for (s++; s < close; s++) {
		if (*s != '\\' || s[1] != '|')
			add_char(w, *s, true);
	}
	text_add(w->out, "\\fR");
	return close + 1;
}

/* *emphasis* or **more of it**. An asterisk with a space behind it is one. */
static const char *add_emphasis(struct writer *w, const char *s, const char *end)
{
	const char *mark = s + 1 < end && s[1] == '*' ? "**" : "*";
	const char *from = s + strlen(mark);
	const char *close = from < end && *from != ' ' ? find(from, end, mark) : NULL;

	if (!close) {
		add_char(w, *s, false);
		return s + 1;
	}
	text_add(w->out, "\\fI");
	add_inline(w, from, close);
	text_add(w->out, "\\fR");
	return close + strlen(mark);
}

/* [text](target): a target that is no file of docs/ is shown, too. */
static const char *add_link(struct writer *w, const char *s, const char *end)
{
	const char *middle = find(s, end, "](");
	const char *close = middle ? find(middle, end, ")") : NULL;

	if (!close || find(s + 1, middle, "[")) {
		add_char(w, *s, false);
		return s + 1;
	}
	add_inline(w, s + 1, middle);
	if (text_starts(middle, "](http")) {
		add_char(w, ' ', false);
		for (s = middle + 1; s <= close; s++)
			add_char(w, *s, true);
	}
	return close + 1;
}

static void add_inline(struct writer *w, const char *s, const char *end)
{
	while (s < end) {
		if (*s == '`') {
			s = add_code(w, s, end);
		} else if (*s == '*') {
			s = add_emphasis(w, s, end);
		} else if (*s == '[') {
			s = add_link(w, s, end);
		} else {
			if (*s == '\\' && s + 1 < end && ispunct((unsigned char)s[1]))
				s++;
			add_char(w, *s++, false);
		}
	}
}

/* A macro and its arguments, on one line. */
static void add_macro(struct writer *w, const char *macro, const char *s, size_t length)
{
	text_add(w->out, "%s ", macro);
	w->argument = true;
	w->last = ' ';
	add_inline(w, s, s + length);
	w->argument = false;
	end_line(w);
}

/* ---- lines ---- */

static struct span line_at(const char *s)
{
	return (struct span){ .s = s, .n = strcspn(s, "\n") };
}

static const char *behind(const struct span *line)
{
	return line->s + line->n + (line->s[line->n] == '\n');
}

/* The length of the mark at the beginning of a list item; 0 when the line is no item. */
static size_t item_mark(const char *s)
{
	const size_t digits = strspn(s, "0123456789");

	if (text_starts(s, "* ") || text_starts(s, "- "))
		return 2;
	return digits > 0 && text_starts(s + digits, ". ") ? digits + 2 : 0;
}

/* True when the line continues the paragraph or the item above it. */
static bool continues(const char *s)
{
	return *s != '\0' && *s != '\n' && *s != '#' && *s != '|' && !text_starts(s, "```") && item_mark(s) == 0;
}

/* Takes the lines up to the end of a paragraph, as one: `code` and links may begin on one line and end on the next. */
static const char *add_filled(struct writer *w, const char *s)
{
	struct text all = { 0 };

	do {
		struct span line = line_at(s);
		const size_t indent = strspn(line.s, " ");

		text_add(&all, "%s", all.n > 0 ? " " : "");
		text_add_bytes(&all, line.s + indent, line.n - indent);
		s = behind(&line);
	} while (continues(s));
	if (all.failed)
		w->out->failed = true;
	else
		add_inline(w, all.s, all.s + all.n);
	end_line(w);
	text_free(&all);
	return s;
}

/* ---- blocks: each function converts a block, and returns the text behind it ---- */

static const char *add_paragraph(struct writer *w, const char *s)
{
	if (!w->after_title)
		text_add(w->out, ".Pp\n");
	begin_line(w);
	return add_filled(w, s);
}

static const char *add_list(struct writer *w, const char *s)
{
	text_add(w->out, isdigit((unsigned char)*s) ? ".Bl -enum\n" : ".Bl -bullet\n");
	while (item_mark(s) > 0) {
		text_add(w->out, ".It\n");
		begin_line(w);
		s = add_filled(w, s + item_mark(s));
	}
	text_add(w->out, ".El\n");
	return s;
}

/* Returns NULL for code without an end. */
static const char *add_example(struct writer *w, const char *s)
{
	struct span line = line_at(s);

	text_add(w->out, ".Bd -literal -offset indent\n");
	for (line = line_at(behind(&line)); !text_starts(line.s, "```"); line = line_at(behind(&line))) {
		if (*line.s == '\0')
			return NULL;
		begin_line(w);
		for (size_t i = 0; i < line.n; i++) {
			if (line.s[i] == ' ')
				text_add(w->out, " ");
			else
				add_char(w, line.s[i], true);
		}
		end_line(w);
	}
	text_add(w->out, ".Ed\n");
	return behind(&line);
}

/* The cells of a row. Returns how many. */
static size_t split(const struct span *row, struct span cells[COLUMNS_MAX])
{
	const char *end = row->s + row->n;
	const char *s = row->s + 1;
	size_t n = 0;

	while (s < end && n < COLUMNS_MAX) {
		const char *from = s;
		const char *to;

		while (s < end && *s != '|')
			s += *s == '\\' && s + 1 < end ? 2 : 1;
		to = s++;
		while (from < to && *from == ' ')
			from++;
		while (from < to && to[-1] == ' ')
			to--;
		cells[n++] = (struct span){ .s = from, .n = (size_t)(to - from) };
	}
	return n;
}

/* The column with tests is left out: it is for developers. */
static bool is_shown(const struct span *title)
{
	return title->n != strlen("test") || strncmp(title->s, "test", title->n) != 0;
}

static void add_row(struct writer *w, const struct span *titles, size_t columns, const struct span *cells, size_t n)
{
	if (n == 0)
		return;
	add_macro(w, ".It", cells[0].s, cells[0].n);
	for (size_t i = 1; i < n && i < columns; i++) {
		if (!is_shown(&titles[i]) || cells[i].n == 0)
			continue;
		if (columns > 2) {
			add_inline(w, titles[i].s, titles[i].s + titles[i].n);
			add_char(w, ':', false);
			add_char(w, ' ', false);
		}
		add_inline(w, cells[i].s, cells[i].s + cells[i].n);
		if (!ends_sentence(w->last))
			add_char(w, '.', false);
		end_line(w);
	}
}

/* Returns NULL for a table without a row of titles. */
static const char *add_table(struct writer *w, const char *s)
{
	struct span titles[COLUMNS_MAX];
	struct span cells[COLUMNS_MAX];
	struct span line = line_at(s);
	size_t columns = split(&line, titles);

	line = line_at(behind(&line));
	if (!text_starts(line.s, "|---"))
		return NULL;
	text_add(w->out, ".Bl -tag -width Ds\n");
	for (line = line_at(behind(&line)); *line.s == '|'; line = line_at(behind(&line)))
		add_row(w, titles, columns, cells, split(&line, cells));
	text_add(w->out, ".El\n");
	return line.s;
}

static const char *add_heading(struct writer *w, const char *s)
{
	struct span line = line_at(s);
	const size_t depth = strspn(line.s, "#");
	const size_t skipped = depth + strspn(line.s + depth, " ");
	struct text title = { 0 };

	for (size_t i = skipped; i < line.n; i++)
		text_add(&title, "%c", depth == 1 ? toupper((unsigned char)line.s[i]) : line.s[i]);
	if (title.n > 0)
		add_macro(w, depth == 1 ? ".Sh" : ".Ss", title.s, title.n);
	text_free(&title);
	w->after_title = true;
	return behind(&line);
}

static const char *add_block(struct writer *w, const char *s)
{
	if (*s == '#')
		return add_heading(w, s);
	if (*s == '|')
		s = add_table(w, s);
	else if (text_starts(s, "```"))
		s = add_example(w, s);
	else if (item_mark(s) > 0)
		s = add_list(w, s);
	else
		s = add_paragraph(w, s);
	w->after_title = false;
	return s;
}

static void add_head(struct text *out, const struct topic *topic, const char *date)
{
	text_add(out, ".\\\" Made from docs/%s.md.\n.Dd %s\n.Dt TARE\\-", topic->name, date);
	for (const char *c = topic->name; *c; c++)
		text_add(out, "%c", toupper((unsigned char)*c));
	text_add(out, " 7\n.Os tare %s\n.Sh NAME\n.Nm tare-%s\n.Nd %s\n.Sh DESCRIPTION\n", version_release, topic->name,
		topic->summary);
}

int markdown_add(struct text *out, const struct topic *topic, const char *source, const char *date, struct error *err)
{
	struct writer w = { .out = out, .after_title = true };
	struct span title = line_at(source);
	const char *s = behind(&title);

	if (!text_starts(source, "# "))
		return error_set(err, 0, "expected a title '# ...' in line 1");
	add_head(out, topic, date);
	while (*s) {
		const char *block = s;

		if (*s == '\n') {
			s++;
			continue;
		}
		begin_line(&w);
		s = add_block(&w, block);
		if (!s)
			return error_set(err, 0, "the table or the code that begins with '%.*s' is not whole",
				(int)strcspn(block, "\n"), block);
	}
	text_add(out, ".Sh SEE ALSO\n.Xr tare 1\n");
	return text_done(out, err);
}
