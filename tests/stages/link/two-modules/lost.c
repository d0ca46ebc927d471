/* no init function: the module could not be found */
int lost(void)
{
	return 0;
}
