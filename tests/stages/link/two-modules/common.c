static int total;

int common(int n)
{
	return total += n;
}
