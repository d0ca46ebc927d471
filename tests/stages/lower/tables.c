/* Static initialisers: elided braces, designators, casts, names as written. */
typedef void *(*function)(void *, void *);
struct method { const char *name; function call; int flags; const char *doc; };
struct slot { int id; void *value; };
struct type { struct { long refs; struct type *type; } head; const char *name; struct method *methods; };

#define SLOT_GIL     4
#define NOT_USED     ((void *)1)
#define HEAD         {1, 0},
#define METHOD(n, f) {#n, (function)f, 1}

static void *one(void *self, void *args) { return self; }
static int two(void) { return 2; }
extern struct type base;

static struct method methods[] = {
	{"one", one, 1 | 8, "first\n"},
	METHOD(two, (void (*)(void))two),
	{.flags = 3, .name = "three", .call = &one},
	{0},
};
static struct method flat[2] = {"a", one, 0, 0, "b"};
static struct slot slots[] = {{SLOT_GIL, NOT_USED}, {2, methods}, {3, (void *)two}, {}};
static struct type spam = {HEAD "spam", .methods = methods};
static struct type *types[4] = {[2] = &spam, &base};
static const double numbers[1000] = {1, 2, 3};
static int plain = -5, *pointer = &plain, **twice = &pointer;
static struct slot *literal = (struct slot[]){{1, one}, {0, 0}};
int exported;
const char *names[] = {"x", "y" "z", [5] = "w"};

int locals(int x)
{
	static int calls;
	static struct slot kept[] = {{7, methods}};
	int tentative = ++calls;

	return kept[0].id + tentative;
}
