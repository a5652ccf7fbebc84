/* A program of the build that makes the man pages and the completions from the tables of the parser
 * (src/commands/table.c). Other text is in docs/man/ (prose) and docs/completions/ (the functions for each shell). */
#pragma once

#include "base/text.h"
#include "commands/commands.h"

/* The kind of a word of the command line, derived from its name in the usage. */
enum word_kind {
	WORD_NAMED,   /* any text; the name tells its meaning: "N" */
	WORD_LITERAL, /* exactly this word: "json" */
	WORD_FILE,    /* of any type */
	WORD_DIRECTORY,
	WORD_CONTAINER, /* the id of an existing container */
	WORD_SIGNAL,
	WORD_COMMAND, /* the name of a command of tare */
	WORD_OPEN,    /* "[": what follows may be left out, up to WORD_CLOSE */
	WORD_CLOSE,
};

struct word {
	enum word_kind kind;
	const char *s; /* not terminated */
	size_t length;
	bool repeated; /* "...": the word may be repeated */
};

/* words.c: takes the next word from the arguments of a usage: "ID [SIGNAL]". Returns false at the end. */
bool word_next(const char **text, struct word *ret_word);
/* word_next(), without the brackets. */
bool word_next_argument(const char **text, struct word *ret_word);
/* Takes the next choice for the value of an option: "table|json". Returns false at the end. */
bool word_next_choice(const char **text, struct word *ret_word);

/* What a shell can offer for a word; nothing when any text is allowed. */
struct offer {
	bool files;
	bool directories;
	bool containers;
	bool signals;      /* names of signals, with SIG in front when the user has typed that */
	struct text words; /* each behind a space; NULL is none */
};

/* Adds what a shell can offer for the word. The caller frees the words. */
void offer_add(struct offer *offer, const struct word *word);
/* Adds what a shell can offer for the value of an option; a flag has no value. */
void offer_add_value(struct offer *offer, const struct option_row *row);

/* Adds the names of all signals without the SIG, each behind a space. */
void signals_add(struct text *out);

/* Name and options of a command; NULL: of the program, with the options before the command. */
const char *name_of(const struct command *command);
/* Options without a help text are accepted on the command line, but not shown. */
const struct option_row *options_of(const struct command *command);

/* page.c: adds the man page of a command, or of the program where it is NULL, in mdoc(7). prose is the text of
 * docs/man/: sections, of which the first is the description. Fails, with *err, for other prose. */
int page_add(struct text *out, const struct command *command, const char *prose, const char *date, struct error *err);

/* A page of section 7, made from a file of docs/. */
struct topic {
	const char *name;    /* of tare-NAME(7) and of docs/NAME.md */
	const char *summary; /* its line in man -k */
};

/* markdown.c: adds the man page of a topic, in mdoc(7). source is its file in docs/. Fails, with *err, for incomplete
 * Markdown. */
int markdown_add(struct text *out, const struct topic *topic, const char *source, const char *date, struct error *err);

/* bash.c, zsh.c, fish.c: add the tables as the functions of docs/completions/ read them. */
void bash_add(struct text *out);
void zsh_add(struct text *out);
void fish_add(struct text *out);
