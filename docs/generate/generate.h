/* What makes the man pages and the completions out of the tables that the program itself parses by
 * (src/commands/table.c): a program of the build. What the tables cannot say is in docs/man/ (prose) and
 * docs/completions/ (how each shell asks). */
#pragma once

#include "base/text.h"
#include "commands/commands.h"

/* What a word of the command line may be, which its name in the usage tells. */
enum word_kind {
	WORD_NAMED,   /* anything that has this name: "N" */
	WORD_LITERAL, /* itself: "json" */
	WORD_FILE,    /* of any type */
	WORD_DIRECTORY,
	WORD_CONTAINER, /* the id of one that there is */
	WORD_SIGNAL,
	WORD_COMMAND, /* the name of one of ours */
	WORD_OPEN,    /* "[": what follows may be left out, up to WORD_CLOSE */
	WORD_CLOSE,
};

struct word {
	enum word_kind kind;
	const char *s; /* not terminated */
	size_t length;
	bool repeated; /* "...": it may stand there again and again */
};

/* words.c: takes the next word from the arguments of a usage: "ID [SIGNAL]". Returns false at the end. */
bool word_next(const char **text, struct word *ret_word);
/* The same, without the brackets. */
bool word_next_argument(const char **text, struct word *ret_word);
/* Takes the next of the words that the value of an option may be: "table|json". Returns false at the end. */
bool word_next_choice(const char **text, struct word *ret_word);

/* What a shell can offer in a place: nothing where it can be anything. */
struct offer {
	bool files;
	bool directories;
	bool containers;
	bool signals;      /* names, with the SIG in front of who has typed that */
	struct text words; /* each behind a space; NULL is none */
};

/* Adds what a word may be. The caller frees the words. */
void offer_add(struct offer *offer, const struct word *word);
/* Adds what the value of an option may be; a flag has none. */
void offer_add_value(struct offer *offer, const struct option_row *row);

/* Adds the names of all signals without the SIG, each behind a space. */
void signals_add(struct text *out);

/* What is true of a command, or of the program with the options that stand before the command, where it is NULL. */
const char *name_of(const struct command *command);
/* Rows without a help are taken on the line, and shown nowhere. */
const struct option_row *options_of(const struct command *command);

/* page.c: adds the man page of a command, or of the program where it is NULL, in mdoc(7). prose is what docs/man/ has
 * about it: sections, of which the first is the description. Fails, with *err, for other prose. */
int page_add(struct text *out, const struct command *command, const char *prose, const char *date, struct error *err);

/* A page of section 7, which a file of docs/ is made into. */
struct topic {
	const char *name;    /* of tare-NAME(7) and of docs/NAME.md */
	const char *summary; /* the line by which man -k knows it */
};

/* markdown.c: adds the man page of a topic, in mdoc(7). source is its file in docs/. Fails, with *err, for Markdown
 * that is not whole. */
int markdown_add(struct text *out, const struct topic *topic, const char *source, const char *date, struct error *err);

/* bash.c, zsh.c, fish.c: add the tables as the functions of docs/completions/ read them. */
void bash_add(struct text *out);
void zsh_add(struct text *out);
void fish_add(struct text *out);
