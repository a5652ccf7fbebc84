/* Reading from resctrl, for `events`, how the processor divides its caches and memory bandwidth, and what of them a
 * container's class of service has and uses. Runs on the host; reads only. A value that resctrl does not have is left
 * out. */
#include "host/stats/parts.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "host/resctrl/resctrl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SCHEMATA_MAX = 1024 * 1024, LINE_SIZE = 256 };

/* The number in a file; 0 when there is none, as in "Unavailable". */
static uint64_t read_number(int dir, const char *name)
{
	uint64_t number;

	return file_read_number(dir, name, &number) ? number : 0;
}

static int read_l3_cache(int resctrl, struct l3_cache_info *info)
{
	char mask[LINE_SIZE];

	info->min_cbm_bits = read_number(resctrl, "info/L3/min_cbm_bits");
	info->num_closids = read_number(resctrl, "info/L3/num_closids");
	if (file_read_line(resctrl, "info/L3/cbm_mask", mask, sizeof(mask)) < 0)
		return 0;
	info->cbm_mask = strdup(mask);
	return info->cbm_mask ? 0 : -1;
}

static void read_mem_bw(int resctrl, struct mem_bw_info *info)
{
	info->bandwidth_gran = read_number(resctrl, "info/MB/bandwidth_gran");
	info->delay_linear = read_number(resctrl, "info/MB/delay_linear");
	info->min_bandwidth = read_number(resctrl, "info/MB/min_bandwidth");
	info->num_closids = read_number(resctrl, "info/MB/num_closids");
}

/* Copies the line of a resource; NULL when there is none. */
static int copy_schema(const char *schemata, const char *resource, char **ret_line)
{
	const char *line = resctrl_find_schema(schemata, resource);

	*ret_line = line ? strndup(line, strcspn(line, "\n")) : NULL;
	return line && !*ret_line ? -1 : 0;
}

static int read_schemata(int group, char **ret_l3_cache, char **ret_mem_bw)
{
	cleanup_free char *text = NULL;
	size_t length;

	if (file_read(group, "schemata", SCHEMATA_MAX, &text, &length, NULL) < 0)
		return 0;
	if (copy_schema(text, "L3", ret_l3_cache) < 0)
		return -1;
	return copy_schema(text, "MB", ret_mem_bw);
}

/* ---- use ---- */

static bool is_there(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, 0) == 0;
}

static int add_mbm(struct mbm_list *list, int domain)
{
	struct mbm_stats *grown = reallocarray(list->items, list->n + 1, sizeof(*grown));

	if (!grown)
		return -1;
	list->items = grown;
	grown[list->n++] = (struct mbm_stats){
		.total_bytes = read_number(domain, "mbm_total_bytes"),
		.local_bytes = read_number(domain, "mbm_local_bytes"),
	};
	return 0;
}

static int add_cmt(struct cmt_list *list, int domain)
{
	struct cmt_stats *grown = reallocarray(list->items, list->n + 1, sizeof(*grown));

	if (!grown)
		return -1;
	list->items = grown;
	grown[list->n++] = (struct cmt_stats){ .llc_occupancy = read_number(domain, "llc_occupancy") };
	return 0;
}

/* A processor counts some of these values, all, or none; there are no files for the others. */
static int read_domain(int domain, struct rdt_stats *stats)
{
	if ((is_there(domain, "mbm_total_bytes") || is_there(domain, "mbm_local_bytes")) &&
		add_mbm(&stats->mbm, domain) < 0)
		return -1;
	return is_there(domain, "llc_occupancy") ? add_cmt(&stats->cmt, domain) : 0;
}

static int is_l3_domain(const struct dirent *entry)
{
	return text_starts(entry->d_name, "mon_L3_");
}

/* Reads each L3 cache, in the order of their names. */
static int read_monitor(int monitor, struct rdt_stats *stats)
{
	cleanup_fd int data = openat(monitor, "mon_data", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent **entries = NULL;
	int n = data < 0 ? 0 : scandirat(data, ".", &entries, is_l3_domain, alphasort);
	int result = 0;

	for (int i = 0; i < n; i++) {
		cleanup_fd int domain = openat(data, entries[i]->d_name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (domain >= 0 && result == 0)
			result = read_domain(domain, stats);
		free(entries[i]);
	}
	free(entries);
	return result;
}

/* Opens the monitoring group of the container, or without one that of its whole class of service. */
static int open_monitor(int group, const struct resctrl_claim *rdt, const char *id)
{
	char path[sizeof("mon_groups/") + NAME_MAX];

	snprintf(path, sizeof(path), "mon_groups/%s", id);
	return openat(group, rdt->monitored ? path : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int rdt_stats_read(int resctrl, const struct resctrl_claim *rdt, const char *id, struct rdt_stats *stats,
	struct error *err)
{
	cleanup_fd int root = resctrl_open_group(resctrl, "/");
	cleanup_fd int group = resctrl_open_group(resctrl, rdt->group);
	cleanup_fd int monitor = group < 0 ? -1 : open_monitor(group, rdt, id);

	read_mem_bw(resctrl, &stats->mem_bw);
	if (read_l3_cache(resctrl, &stats->l3_cache) < 0 ||
		(root >= 0 && read_schemata(root, &stats->l3_cache_schema_root, &stats->mem_bw_schema_root) < 0) ||
		(group >= 0 && read_schemata(group, &stats->l3_cache_schema, &stats->mem_bw_schema) < 0) ||
		(monitor >= 0 && read_monitor(monitor, stats) < 0))
		return error_set(err, ENOMEM, "cannot read what the container uses");
	return 0;
}

void rdt_stats_free(struct rdt_stats *stats)
{
	free(stats->l3_cache.cbm_mask);
	free(stats->l3_cache_schema_root);
	free(stats->l3_cache_schema);
	free(stats->mem_bw_schema_root);
	free(stats->mem_bw_schema);
	free(stats->mbm.items);
	free(stats->cmt.items);
	*stats = (struct rdt_stats){ 0 };
}
