/* The command line: each form of an option, the positions of words, and the errors. */
#include "commands/commands.h"

#include "tap.h"

#include <stddef.h>
#include <string.h>

enum { MAX_WORDS = 16 };

struct options {
	bool flag;
	bool other;
	struct oci_opt_bool onoff;
	const char *text;
	unsigned int number;
	struct option_list list;
};

static const struct option_row rows[] = {
	{ 'f', "flag", OPTION_FLAG, offsetof(struct options, flag), NULL, "a flag" },
	{ 0, "other-flag", OPTION_FLAG, offsetof(struct options, other), NULL, "a flag without a letter" },
	{ 0, "switch", OPTION_SWITCH, offsetof(struct options, onoff), NULL, "a flag of which no is an answer" },
	{ 't', "text", OPTION_TEXT, offsetof(struct options, text), "TEXT", "a text" },
	{ 0, "number", OPTION_NUMBER, offsetof(struct options, number), "N", "a number" },
	{ 'l', "list", OPTION_LIST, offsetof(struct options, list), "ITEM", "one of many" },
	{ 0 },
};

/* The last result of parse(). */
static struct options options;
static char *argv[MAX_WORDS];
static size_t words;
static struct error err;

/* Parses a line of words that are separated by single spaces; "_" stands for an empty word. */
static int parse(const char *line, bool stop_at_word)
{
	static char copy[256];
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = copy; *word && n < MAX_WORDS - 1;) {
		size_t length = strcspn(word, " ");
		char *next = word + length + (word[length] == ' ');

		word[length] = '\0';
		argv[n++] = strcmp(word, "_") == 0 ? word + 1 : word;
		word = next;
	}
	argv[n] = NULL;
	options_free(rows, &options);
	options = (struct options){ 0 };
	err = (struct error){ 0 };
	words = 99;
	return options_parse(rows, argv, stop_at_word, &options, &words, &err);
}

/* True when the remaining words, joined by commas, are these. */
static bool left(const char *wanted)
{
	char joined[256] = "";

	for (size_t i = 0; i < words && i < MAX_WORDS; i++)
		snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%s", i ? "," : "", argv[i]);
	return strcmp(joined, wanted) == 0 && !argv[words];
}

static void test_forms(void)
{
	ok(parse("", false) == 0 && words == 0, "no words are no options");
	ok(parse("--text a", false) == 0 && strcmp(options.text, "a") == 0 && left(""), "--name VALUE");
	ok(parse("--text=a", false) == 0 && strcmp(options.text, "a") == 0, "--name=VALUE");
	ok(parse("-t a", false) == 0 && strcmp(options.text, "a") == 0, "-n VALUE");
	ok(parse("-t=a", false) == 0 && strcmp(options.text, "a") == 0, "-n=VALUE");
	ok(parse("-text a", false) == 0 && strcmp(options.text, "a") == 0, "-name VALUE, as programs in Go write it");
	ok(parse("-text=a", false) == 0 && strcmp(options.text, "a") == 0, "-name=VALUE");
	ok(parse("--text=a=b", false) == 0 && strcmp(options.text, "a=b") == 0, "a value may hold equals signs");
	ok(parse("--text=", false) == 0 && strcmp(options.text, "") == 0, "a value may be empty");
	ok(parse("--text _", false) == 0 && strcmp(options.text, "") == 0, "also as a word of its own");
	ok(parse("--text --flag", false) == 0 && strcmp(options.text, "--flag") == 0 && !options.flag,
		"a value may look like an option");
	ok(parse("-ta", false) == 0 && strcmp(options.text, "a") == 0, "-nVALUE");
	ok(parse("-ft a", false) == 0 && options.flag && strcmp(options.text, "a") == 0, "letters in one word");
	ok(parse("-fta b", false) == 0 && options.flag && strcmp(options.text, "a") == 0 && left("b"),
		"with the value behind the last");
	ok(parse("--text a --text b", false) == 0 && strcmp(options.text, "b") == 0, "the last word counts");
}

static void test_flags(void)
{
	ok(parse("--flag", false) == 0 && options.flag && !options.other, "a flag is set by its name");
	ok(parse("-f --other-flag", false) == 0 && options.flag && options.other, "or its letter");
	ok(parse("--flag=true", false) == 0 && options.flag, "a flag may be said to be true");
	ok(parse("--flag --flag=false", false) == 0 && !options.flag, "or false");
	ok(parse("--flag false", false) == 0 && options.flag && left("false"), "but only with an equals sign");
	ok(parse("--flag=1", false) == 0 && options.flag && parse("--flag=F", false) == 0 && !options.flag,
		"as programs in Go take it");
	ok(parse("--flag", false) == 0 && !options.onoff.set, "a switch may be left alone");
	ok(parse("--switch", false) == 0 && options.onoff.set && options.onoff.v, "or be on");
	ok(parse("--switch=false", false) == 0 && options.onoff.set && !options.onoff.v, "or off");
	ok(parse("--flag=yes", false) < 0, "a flag is nothing else");
	is_str(err.text, "option --flag: expected true or false, found 'yes'", "and says so");
}

static void test_numbers(void)
{
	ok(parse("--number 0", false) == 0 && options.number == 0, "0 is a number");
	ok(parse("--number=4294967295", false) == 0 && options.number == 4294967295, "as is the largest one");
	ok(parse("--number 4294967296", false) < 0, "one more is none");
	is_str(err.text, "option --number: expected a number, found '4294967296'", "and the message shows it");
	ok(parse("--number -1", false) < 0 && parse("--number 1x", false) < 0 && parse("--number _", false) < 0 &&
			parse("--number=", false) < 0,
		"nor are a sign, a letter and nothing");
}

static void test_lists(void)
{
	ok(parse("--flag", false) == 0 && options.list.n == 0, "a list may stay empty");
	ok(parse("--list a -l b --list=a", false) == 0 && options.list.n == 3 && left(""),
		"each time it is given a list grows");
	is_str(options.list.items[0], "a", "in order: the first item");
	is_str(options.list.items[1], "b", "the second");
	is_str(options.list.items[2], "a", "and the first one again");
	ok(parse("-l a -l", false) < 0 && options.list.n == 1, "an item has to be there");
}

static void test_words(void)
{
	ok(parse("a --flag b", false) == 0 && options.flag && left("a,b"), "options may stand among words");
	ok(parse("a -- --flag -t b", false) == 0 && !options.flag && left("a,--flag,-t,b"), "-- ends the options");
	ok(parse("-- --", false) == 0 && left("--"), "but once");
	ok(parse("- --flag", false) == 0 && options.flag && left("-"), "a single dash is a word");
	ok(parse("_ --flag", false) == 0 && options.flag && left(""), "an empty word is a word");
	is_int((long long)words, 1, "and counts");
	ok(parse("--flag run --text a", true) == 0 && options.flag && !options.text && left("run,--text,a"),
		"where the first word ends the options the rest is left alone");
	ok(parse("--flag -- --text a", true) == 0 && left("--text,a"), "as it is behind --");
	ok(parse("run -- --text -- a", true) == 0 && left("run,--text,--,a"),
		"one -- behind that first word is no word");
	ok(parse("run a -- b", true) == 0 && left("run,a,--,b"), "one further behind is");
	ok(parse("run --", true) == 0 && left("run"), "and there need not be more words");
}

static void test_errors(void)
{
	static const struct {
		const char *line;
		const char *text;
	} cases[] = {
		{ "--unknown", "unknown option '--unknown'" },
		{ "--unknown=1", "unknown option '--unknown=1'" },
		{ "-x", "unknown option '-x'" },
		{ "--fla", "unknown option '--fla': did you mean '--flag'?" },
		{ "--flags", "unknown option '--flags': did you mean '--flag'?" },
		{ "--Flag", "unknown option '--Flag': did you mean '--flag'?" },
		{ "-fx a", "unknown option '-fx'" },
		{ "-ft", "option --text requires an argument: TEXT" },
		{ "--f", "unknown option '--f'" },
		{ "--=a", "unknown option '--=a'" },
		{ "-=a", "unknown option '-=a'" },
		{ "--flga=true", "unknown option '--flga=true': did you mean '--flag'?" },
		{ "---flag", "unknown option '---flag': did you mean '--flag'?" },
		{ "--text", "option --text requires an argument: TEXT" },
		{ "-t", "option --text requires an argument: TEXT" },
		{ "a --number", "option --number requires an argument: N" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int result = parse(cases[i].line, false);

		is_str(result < 0 ? err.text : "(accepted)", cases[i].text, cases[i].line);
	}
	ok(words == 99, "an error leaves the count of words alone");
}

int main(void)
{
	test_forms();
	test_flags();
	test_numbers();
	test_lists();
	test_words();
	test_errors();
	options_free(rows, &options);
	return done();
}
