// Warnings that the parser takes for errors unless told not to: nothing of this is unknown.
struct waiter {
	bool woken;
	void wake();
};

void waiter::wake()
{
	woken++;
}

signed wchar_t letter(waiter &w)
{
	w.wake();
	return L'x';
}
